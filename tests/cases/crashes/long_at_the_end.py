import select
def f():
  while x:
    10L
