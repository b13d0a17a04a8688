static i[ [2];{ 	uchaar b([ [2];}
