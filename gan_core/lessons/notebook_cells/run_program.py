print(TITLE)
print(run(PROGRAM, STEPS))
