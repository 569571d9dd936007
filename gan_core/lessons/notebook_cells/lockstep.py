steps = range(1, measured["steps"] + 1)
figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
reference, *others = FRAMEWORKS
for name in others:
    worst = 0.0
    so_far = [worst := max(worst, value if value is not None else float("inf")) for value in measured["backends"][name]["losses"]]
    axes.semilogy(steps, so_far, label=f"{FRAMEWORKS[name]} against {FRAMEWORKS[reference]}")
floor = f"chaos floor: {FRAMEWORKS[reference]}, one weight moved by one unit in its last place"
axes.semilogy(steps, measured["floor"], color="0.4", linestyle="--", label=floor)
axes.set(xlabel="step", ylabel="largest relative difference of a loss so far")
axes.grid(alpha=0.3)
axes.legend()
plt.show()
