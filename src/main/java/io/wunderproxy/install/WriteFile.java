package io.wunderproxy.install;

import io.wunderproxy.install.HostFiles.Access;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Writes a file that everybody may read. */
final class WriteFile implements Step {

    private final Machine machine;
    private final Path file;
    private final String content;

    WriteFile(Machine machine, Path file, String content) {
        this.machine = machine;
        this.file = file;
        this.content = content;
    }

    @Override
    public void preview(Voice voice) throws IOException {
        preview(machine, file, content, voice);
    }

    /** Says that a file would be written, if it says something else now. */
    static void preview(Machine machine, Path file, String content, Voice voice) throws IOException {
        if (!machine.files().text(file).equals(Optional.of(content))) {
            voice.say("would write: " + file);
        }
    }

    @Override
    public void apply(Changes changes, Voice voice) throws IOException {
        changes.put(file, content, Access.READABLE);
    }
}
