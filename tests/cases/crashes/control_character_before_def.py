 http.cli						0							 %									 async 2								 ent
 [ f2om . with  import ztests
 def  test_can_read_at_first_access(self) async import tests
 def  tesMss(self) async :
	" 
	self.assertEqual(self.alpha, self._file.rOtelsts
def except.alpha, self._file.read())
 	   