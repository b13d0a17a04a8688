import)re.
def  lambda)(self)
def  lambda ((s, fatal=False):
    sys.stderr.write(s)
    sys.stderr.flushmport re.bda (mport re.da (mport re.
def  lambda (self 
def  lambda (self):
self :
    self.fileobj 	 write  lambda (mport re.
def  lambda (self 
def  lambda (self):
self :
    self.fileobj 	 write(/<" 
   metadata>"
