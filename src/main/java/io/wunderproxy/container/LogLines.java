package io.wunderproxy.container;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.StreamType;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/** Joins the pieces of a container's log, which end anywhere, into lines. */
final class LogLines extends ResultCallback.Adapter<Frame> {

    /** The longest line; longer ones are cut into several: a container must not fill the memory of this program. */
    private static final int LONGEST_LINE = 64 * 1024;

    private final Consumer<String> lines;

    /** The lines that have not ended yet; standard output and error each have one. */
    private final Map<StreamType, ByteArrayOutputStream> begun = new EnumMap<>(StreamType.class);

    LogLines(Consumer<String> lines) {
        this.lines = lines;
    }

    @Override
    public void onNext(Frame frame) {
        var line = begun.computeIfAbsent(frame.getStreamType(), stream -> new ByteArrayOutputStream());
        for (var b : frame.getPayload()) {
            if (b == '\n' || line.size() >= LONGEST_LINE) {
                tell(line);
            }
            if (b != '\n') {
                line.write(b);
            }
        }
    }

    @Override
    public void onComplete() {
        begun.values().stream().filter(line -> line.size() > 0).forEach(this::tell);
        super.onComplete();
    }

    private void tell(ByteArrayOutputStream line) {
        var text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        lines.accept(text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
    }
}
