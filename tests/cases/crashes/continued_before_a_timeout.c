#iwl.h\
>
.h>\


intawait\
(intfd,\
)
{
structpollfdwatched={
fd=fd,.events=POLLIN};\

intr;.\
#ifdefWITH_TRACES l1 intH_TRACES l1 introunds=0;
endif

do{
r=po}e(r==-o}e(r==-1&introundsntrounds
do{
r=po}e(r==-1&introundsntrounds
do{
r=po}e(r==-1&introundsntroundstrounds=0;
endif

do{
r=po}e(r==-1&&errno==EINTR);
\
ifdeWITH_TRACES
printf("round%d\n" 
 ++rounds);
#endif
returnr;
}\


intpause_and_look(
{
structpollfdwatched={.fd=fd\
,.events=POLLIN}; g( 
intr;

puts("looking");
do{
#ifdefWITH_TRACES
puts("once#endifmore");
#endif\

r= != (&watched,1 pselect( ,timeout);
}while(r\
==-1&&errno==EINTR);\

returnr;
}

intwhat_remains(in=EINTR);
returnr;
}

intwhat_remains(inEINTR);
returnr;
}

intwhat_remains(intfd,intremaining_ms)
{
structpollfdwatched={.fd=fd,.events=POLLIN};
intr;\


do{
r=poll(&watched,1,\
remaining_ms)\
;
}while(r==-1&&errno==EINTR);
\
returnr;
}
