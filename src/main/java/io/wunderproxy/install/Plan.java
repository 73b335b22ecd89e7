package io.wunderproxy.install;

import java.io.IOException;
import java.util.List;

/** The steps of an installation in their order. */
record Plan(List<Step> steps) {

    void preview(Voice voice) throws IOException, InstallException {
        for (var step : steps) {
            step.preview(voice);
        }
    }

    void apply(Changes changes, Voice voice) throws IOException, InstallException {
        for (var step : steps) {
            step.apply(changes, voice);
        }
    }
}
