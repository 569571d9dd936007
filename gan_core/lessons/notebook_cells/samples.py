def picture(name):
    return plt.imread(io.BytesIO(base64.b64decode(measured["pictures"][name])))


sheets = {name: measured["backends"][name]["sheets"] for name in FRAMEWORKS}
drawn = sorted(map(int, next(iter(sheets.values()))))
figure, axes = plt.subplots(1 + len(sheets), len(drawn), figsize=(2.4 * len(drawn), 2.6 * (1 + len(sheets))), squeeze=False)
for place in axes.flat:
    place.axis("off")
axes[0][0].imshow(picture(measured["real"]))
axes[0][0].set_title("real")
for row, (name, own) in zip(axes[1:], sheets.items()):
    for place, step in zip(row, drawn):
        place.imshow(picture(own[str(step)]))
        place.set_title(f"{FRAMEWORKS[name]}, step {step}", fontsize="small")
plt.show()
