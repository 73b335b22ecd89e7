package io.wunderproxy.handover;

import io.netty.channel.unix.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** A program that replaces the one that has started it, up to the step that it is given, and notes what it gets in a directory. */
final class SuccessorProgram {

    private SuccessorProgram() {}

    public static void main(String... arguments) throws Exception {
        var directory = Path.of(arguments[0]);
        var rest = List.of(arguments).subList(1, arguments.length);
        var end = rest.size() == 2 ? rest.get(1) : "";
        var predecessor = Predecessor.find(System.getenv()).orElseThrow();
        Files.writeString(directory.resolve("trusted"), Boolean.toString(predecessor.isTrusted()));
        if (rest.equals(List.of("fails"))) {
            predecessor.failed("no such option: --colour");
            return;
        }
        dieAt("hello", end);
        var sockets = predecessor.takeSockets();
        Files.writeString(directory.resolve("lent"), Boolean.toString(sockets.lent()));
        var ports = sockets.descriptors().stream()
                .map(descriptor ->
                        Integer.toString(new Socket(descriptor).localAddress().getPort()))
                .collect(Collectors.joining(" "));
        Files.writeString(directory.resolve("ports"), ports);
        dieAt("sockets", end);
        Files.writeString(directory.resolve("serving"), predecessor.takeState().orElse("nothing"));
        dieAt("state", end);
        predecessor.ready();
        dieAt("ready", end);
        predecessor.accepting();
        predecessor.ended().join();
        Files.createFile(directory.resolve("alone"));
    }

    private static void dieAt(String step, String end) {
        if (step.equals(end)) {
            Runtime.getRuntime().halt(3);
        }
    }
}
