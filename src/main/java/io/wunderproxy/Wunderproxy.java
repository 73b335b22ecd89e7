package io.wunderproxy;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;

@QuarkusMain
public class Wunderproxy {
    public static void main(String[] args) {
        Quarkus.run(args);
    }
}
