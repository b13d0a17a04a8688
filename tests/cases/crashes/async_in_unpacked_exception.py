import select
import signal
 except X, [framee:  wake(number, frame):
    raise InterrInterrInterruptedError( async         r, ):
    raise InterruptedEror
