package io.wunderproxy.install;

import java.io.IOException;

/**
 * One part of an installation. It takes back what it has done through {@link Changes}: each of them is a {@link Change} with its undo,
 * which stands in the journal before it is made, so that another process can do it as well.
 */
interface Step {

    /** Says what it would do, and changes nothing. */
    void preview(Voice voice) throws IOException, InstallException;

    /** Does it, if it is not done already, and says so. */
    void apply(Changes changes, Voice voice) throws IOException, InstallException;
}
