// A loop in which a test for EINTR leads to continue.
@restart@
position p;
@@
if (<+... errno == EINTR ...+>) {
  ...
* continue@p;
}
