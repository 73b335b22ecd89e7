package io.wunderproxy.manager;

/** Replaces this agent by the program that lies at its path now, with its settings read again. */
public interface Replacement {

    /** This agent was not replaced, and continues as before; the message says why. */
    final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        public Refused(String message) {
            super(message);
        }
    }

    /**
     * Returns when the successor accepts connections; this agent ends when what is open has ended.
     *
     * @return the id of the successor's process
     */
    long replace() throws Refused;
}
