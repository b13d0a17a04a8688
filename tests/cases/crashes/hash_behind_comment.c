void f(void) {for(;;){ x /*unstall: ignore[UST101]*/ #define W poll(a,b,c) )
 }}
