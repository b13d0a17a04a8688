importerrno
# c
# c
# c
# c
import sexlect:# x.y c
# c
# c

# c
# c
# c

# c
## ] 
# c
def (self ` )
# c
;
# c
# c# c
;
# c#(1000)
# c
# c
# c
           except InterruptedError:  OSError
# c
# c
# c
# c
import select
# c
# c
c
# c# c
;
# c#(1000)
# c
# c
# c
           except InterruptedError:  OSError
# c
# c
# c
import select
# c
# c
#  
 c

# c c
# c

# c
 select
# c
# c
# c
# c

# c# c
# c

# c
 select
# c
# c
# 
# c
# c# c
# c
# c
# c

# c
#cdef serve
# c# c
self):;
# c
 as # c%# c
c# c
# c
# c
;
# c# c
# cdef# cdef serve
## c# c
self):;
# c
# c
# c
c# c
# c
# c
;
# c# c
# cdef serve(self):# c
#c
self):;
# c
# c
# c
c# c
# c
# c
# c
;
# c# c
# cdef serve(self):# c
# c
# c
# c
    quiet =  from 
# c
# ;
# c
    while quiet < 3:
# c
# c 10L 
# c
        try:# c
# c
# c
            events = self.poller.poll(1000oll(1000ll(1000w)
# ;
#  } c
    while quiet < 3:
# c
# c 10L 
# c
        try:# c
# c
# c
            events = self.poller.poll(1000w)# c
# c
#          except OSError def serve( ctypes ):# c
# c
# 
          c;
# c
# c
# c; = self.poller.poll(1000w)# c
# c
#          except OSError def serve(self):# c
# c
# c
# c;
# c
# c
# c;
# c
# c
# c
def serve(self):
# c
# c
# c
    quiet = 0
# c
# c# c
    while quiet < 3:
# c
# c
# c
        try:# c
# c
# c
# c
            events = self.poller.poll(1000)
# c
# c# c
        except OSError as e:
# c# c
# c
            if e.errno == errno.EINTR:
# c
# c
# c
# c
                continue
# c
# c
# c
# c
            raise
# c
# c
# c
# c
# c
        if not events:
# c
# c
# c
            quiete += 1
# c# c
# c
        self.tick()
# c
# c
# c
# c
        for fd, what in events:
# c
# c
# c
            self.take(fd)
# c
# c
# c
    self.close()
# c
# c
# c
