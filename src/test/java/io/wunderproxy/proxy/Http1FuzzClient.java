package io.wunderproxy.proxy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** An HTTP/1.x client of the fuzzer: sends its requests in pieces, one after the other or at once. */
final class Http1FuzzClient implements FuzzClient {
    /** What must have come before a piece is sent. */
    private enum Gate {
        NONE,
        RESPONSE_BEFORE,
        ASKED,
        SWITCHED
    }

    private enum Deed {
        SEND,
        FINISH,
        RESET
    }

    /** @param complete how many requests have been sent when it is done */
    private record Step(Deed deed, byte[] bytes, int request, Gate gate, int complete) {}

    private final FuzzSocket socket;
    private final List<FuzzRequest> requests;
    private final ArrayDeque<Step> steps = new ArrayDeque<>();
    private final StrictReader reader = StrictReader.ofResponses(this::isToHead);
    private boolean givenUp;

    /**
     * @param mayGiveUp whether it may go away before it has got everything
     */
    Http1FuzzClient(Choices choices, FuzzSocket socket, List<FuzzRequest> requests, boolean mayGiveUp) {
        this.socket = socket;
        this.requests = requests;
        var pipelines = choices.chance(30);
        var goesOn = true;
        for (var i = 0; i < requests.size() && goesOn; i++) {
            plan(choices, i, pipelines);
            goesOn = !requests.get(i).closes;
        }
        if (choices.chance(15)) {
            joinSteps();
        }
        if (mayGiveUp && choices.chance(20)) {
            giveUp(choices);
        }
    }

    private void plan(Choices choices, int number, boolean pipelines) {
        var request = requests.get(number);
        var parts = new ArrayList<byte[]>();
        for (var part : request.parts) {
            split(choices, part, parts);
        }
        var gate = number > 0 && !pipelines ? Gate.RESPONSE_BEFORE : Gate.NONE;
        for (var i = 0; i < parts.size(); i++) {
            var complete = i == parts.size() - 1 ? number + 1 : number;
            steps.add(new Step(Deed.SEND, parts.get(i), number, gate, complete));
            gate = request.waits ? Gate.ASKED : Gate.NONE;
        }
        if (request.accepted) {
            steps.add(new Step(
                    Deed.SEND, request.afterwards, number, request.early ? Gate.NONE : Gate.SWITCHED, number + 1));
        }
    }

    private static void split(Choices choices, byte[] bytes, List<byte[]> parts) {
        var from = 0;
        for (var cuts = choices.of(0, 0, 0, 1, 2, 5); cuts > 0 && bytes.length - from > 1; cuts--) {
            var to = from + 1 + choices.upTo(bytes.length - from - 1);
            parts.add(java.util.Arrays.copyOfRange(bytes, from, to));
            from = to;
        }
        parts.add(from == 0 ? bytes : java.util.Arrays.copyOfRange(bytes, from, bytes.length));
    }

    /** What may be sent at the same time is sent in one piece. */
    private void joinSteps() {
        var all = new ArrayDeque<>(steps);
        steps.clear();
        while (!all.isEmpty()) {
            var first = all.remove();
            while (!all.isEmpty() && all.peek().gate == Gate.NONE) {
                var next = all.remove();
                var both = java.util.Arrays.copyOf(first.bytes, first.bytes.length + next.bytes.length);
                System.arraycopy(next.bytes, 0, both, first.bytes.length, next.bytes.length);
                first = new Step(Deed.SEND, both, next.request, first.gate, next.complete);
            }
            steps.add(first);
        }
    }

    /** Ends the connection somewhere. */
    private void giveUp(Choices choices) {
        var keep = choices.upTo(steps.size() + 1);
        var kept = new ArrayDeque<Step>();
        for (var i = 0; i < keep; i++) {
            kept.add(steps.remove());
        }
        if (!steps.isEmpty() && choices.chance(50)) {
            var next = steps.remove();
            if (next.bytes.length > 0) {
                kept.add(new Step(
                        Deed.SEND,
                        java.util.Arrays.copyOf(next.bytes, choices.upTo(next.bytes.length)),
                        next.request,
                        next.gate,
                        0));
                // It may still hold the whole of some.
                requests.forEach(request -> request.cut = true);
            }
        }
        steps.clear();
        steps.addAll(kept);
        steps.add(new Step(choices.of(Deed.FINISH, Deed.RESET), null, requests.size() - 1, Gate.NONE, 0));
    }

    private boolean isToHead(StrictReader.Read response) {
        if (response.field(FuzzResponse.SERIAL) != null) {
            return response.field("X-Fuzz-Head") != null;
        }
        var number = (int) finals().count() - 1;
        return number < requests.size() && requests.get(number).method.equals("HEAD");
    }

    private java.util.stream.Stream<StrictReader.Read> finals() {
        return reader.messages().stream().filter(read -> read.status() >= 200 || read.status() == 101);
    }

    @Override
    public boolean canAct() {
        var next = steps.peek();
        if (next == null || socket.isOver() || socket.hasUnsent()) {
            return false;
        }
        var responses = finals().toList();
        return switch (next.gate) {
            case NONE -> true;
            case RESPONSE_BEFORE -> responses.size() >= next.request && responses.get(next.request - 1).complete;
            case ASKED ->
                reader.messages().stream().anyMatch(read -> read.status() == 100) && responses.size() <= next.request;
            case SWITCHED ->
                responses.size() > next.request && responses.get(next.request).status() == 101;
        };
    }

    @Override
    public void act() {
        var next = steps.remove();
        switch (next.deed) {
            case SEND -> {
                for (var i = 0; i < next.complete; i++) {
                    requests.get(i).sent = true;
                }
                for (var i = 0; i <= Math.min(next.request, requests.size() - 1); i++) {
                    requests.get(i).sentAfter = Math.min(requests.get(i).sentAfter, socket.eventsSoFar());
                }
                socket.send(next.bytes);
            }
            case FINISH -> {
                givenUp = true;
                socket.finish();
            }
            case RESET -> {
                givenUp = true;
                socket.abort();
            }
        }
    }

    @Override
    public boolean pump() {
        var moved = socket.flush();
        for (var bytes = socket.read(); bytes != null; bytes = socket.read()) {
            reader.add(bytes, bytes.length);
            if (socket.hasEnded()) {
                reader.end();
            }
            moved = true;
        }
        return moved;
    }

    @Override
    public String problem() {
        return reader.problem() == null ? null : socket.name + " gets " + reader.problem();
    }

    @Override
    public List<FuzzRequest> requests() {
        return requests;
    }

    @Override
    public List<Outcome> outcomes() {
        var number = 0;
        var outcomes = new ArrayList<Outcome>();
        for (var read : finals().toList()) {
            outcomes.add(new Outcome(
                    number < requests.size() ? requests.get(number) : null,
                    read.status(),
                    read.fields,
                    read.body.toByteArray(),
                    read.complete,
                    read.framing == StrictReader.Framing.TO_END));
            number++;
        }
        return outcomes;
    }

    @Override
    public boolean hasGivenUp() {
        return givenUp;
    }

    @Override
    public boolean isOwed(FuzzRequest request) {
        if (givenUp || !request.valid || !request.sent) {
            return false;
        }
        var outcomes = outcomes();
        for (var i = 0; i < requests.size(); i++) {
            var before = requests.get(i);
            if (before == request) {
                return true;
            }
            var response = i < outcomes.size() ? outcomes.get(i) : null;
            if (!before.valid
                    || before.closes
                    || response != null
                            && (!response.complete()
                                    || response.toEnd()
                                    || "close".equalsIgnoreCase(response.field("Connection")))) {
                return false;
            }
        }
        return false;
    }

    @Override
    public FuzzSocket socket() {
        return socket;
    }

    @Override
    public byte[] after() {
        return reader.after.toByteArray();
    }
}
