package io.wunderproxy.cli;

import picocli.CommandLine.Option;

/** Whether secrets are shown. */
public final class RevealOption {

    @Option(
            names = "--reveal",
            description =
                    "Show values that look secret by their names, such as DB_PASSWORD or API_KEY; else they are masked.")
    boolean reveal;

    public Secrets secrets() {
        return new Secrets(reveal);
    }
}
