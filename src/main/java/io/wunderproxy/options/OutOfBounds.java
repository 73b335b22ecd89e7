package io.wunderproxy.options;

/** The value of one option can't be meant; the message says what it must be. */
public final class OutOfBounds extends IllegalArgumentException {

    private final String component;

    /**
     * For an option.
     *
     * @param component its name in the record that it is a component of
     * @param problem what it must be, without its name
     */
    public OutOfBounds(String component, String problem) {
        super(problem);
        this.component = component;
    }

    /** The option's name in the record that it is a component of. */
    public String component() {
        return component;
    }
}
