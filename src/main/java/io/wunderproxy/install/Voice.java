package io.wunderproxy.install;

/** Reports the progress of an installation. Its reader may be gone: a failed report stops nothing. */
public interface Voice {

    /** A line of what was done. */
    void say(String line);

    /** Words of others that explain a failure. */
    void quote(String text);
}
