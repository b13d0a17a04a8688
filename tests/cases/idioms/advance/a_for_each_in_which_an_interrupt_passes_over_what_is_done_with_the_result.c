void pump(struct slot *slots, int n) {
    for (int i = 0; i < n; i++) {
        struct slot *slot = &slots[i];
        if (slot->writes) {
            ssize_t sent = write(slot->fd, slot->text, slot->left);
            if (sent < 0) { if (errno != EINTR) drop(slot); }
            else { slot->text += sent; slot->left -= sent; }
        }
        if (slot->reads) fill(slot);
    }
}
