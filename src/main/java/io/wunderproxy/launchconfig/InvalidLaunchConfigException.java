package io.wunderproxy.launchconfig;

/** A launch configuration that can't be run. The message names the field and says what is wrong, never a value of it. */
public class InvalidLaunchConfigException extends Exception {

    private final String field;

    public InvalidLaunchConfigException(String field, String problem) {
        super(field.isEmpty() ? problem : field + ": " + problem);
        this.field = field;
    }

    /** The path of the field as in {@code HostConfig.PortBindings}; empty when the document as a whole is wrong. */
    public String field() {
        return field;
    }
}
