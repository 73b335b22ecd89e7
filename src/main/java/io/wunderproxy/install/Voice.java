package io.wunderproxy.install;

/** Tells how an installation gets on. Whoever was told may have gone: that it can't be told stops nothing. */
public interface Voice {

    /** A line of what was done. */
    void say(String line);

    /** Words of others that explain a failure. */
    void quote(String text);
}
