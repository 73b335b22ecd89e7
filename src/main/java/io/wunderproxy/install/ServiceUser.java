package io.wunderproxy.install;

import java.io.IOException;

/** The user that the service runs as, by its numbers, which another machine's image has of its own. */
record ServiceUser(int user, int group) {

    static final String NAME = "wunderproxy";

    /** Whether there is this user. */
    static boolean isThere(Machine machine) throws IOException {
        return entry(machine) != null;
    }

    static ServiceUser of(Machine machine) throws IOException, InstallException {
        var entry = entry(machine);
        if (entry == null) {
            throw new InstallException("there is no user " + NAME + ", which systemd-sysusers was to make");
        }
        return new ServiceUser(Integer.parseInt(entry[2]), Integer.parseInt(entry[3]));
    }

    private static String[] entry(Machine machine) throws IOException {
        return machine.files()
                .text(machine.places().of("etc/passwd"))
                .orElse("")
                .lines()
                .map(line -> line.split(":"))
                .filter(fields -> fields.length > 3 && fields[0].equals(NAME))
                .findFirst()
                .orElse(null);
    }
}
