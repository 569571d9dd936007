figure, axes = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained", sharey=True)
for number, name in enumerate(TITLES, 1):
    port = measured["ports"][name]
    if "failed" in port:
        print(number, TITLES[name], port["failed"])
        continue
    axes[0].semilogy(steps, port["losses"], label=str(number))
    axes[1].semilogy(measured["watched"], port["samples"], label=str(number))
    print(number, TITLES[name], port["losses_part_at"], port["samples_part_at"], sep=" | ")
for place, title in zip(axes, ("losses", "samples")):
    place.axhline(1e-3, color="0.4", linestyle="--")
    place.set(xlabel="step", title=f"{title}: relative difference from the right program")
    place.grid(alpha=0.3)
axes[1].legend(ncol=2)
plt.show()
