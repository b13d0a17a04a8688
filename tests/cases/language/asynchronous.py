"""In an async function a wait blocks the whole event loop, and its errors are caught like any other's."""


async def restarts(poller, sessions):
    while True:
        try:
            events = poller.poll(1000)
        except InterruptedError:
            continue  # expect: restart-skips-stages
        await sessions.handle(events)
        await sessions.sweep()  # owed


async def stage_in_async_for(poller, sessions):
    while True:
        try:
            events = poller.poll(1000)
        except InterruptedError:
            continue  # expect: restart-skips-stages
        sessions.handle(events)
        async for session in sessions:  # owed
            session.expire()
