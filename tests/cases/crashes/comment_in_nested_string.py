import select
def f():
  while x:
    select.select(a, b, c)
    x = f'{ yield ''' #unstall: ignore[UST101] ''' }'
