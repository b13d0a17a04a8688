watch(){while(){r=poll(&
p,,)if(r<0){(EINTR)continue}tick()}}
