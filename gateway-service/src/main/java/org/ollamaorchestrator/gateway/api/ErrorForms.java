package org.ollamaorchestrator.gateway.api;

import io.quarkus.arc.All;
import jakarta.inject.Singleton;
import java.util.List;

/** Finds the dialect of a path, so that every error, a wrong path included, has the form its client understands. */
@Singleton
public class ErrorForms {

    private final List<ErrorForm> forms;
    private final ErrorForm plain = new PlainErrorForm();

    /** @param forms no two cover the same path */
    ErrorForms(@All List<ErrorForm> forms) {
        this.forms = List.copyOf(forms);
    }

    /** What the dialect of a path is called. */
    public String dialectOf(String path) {
        return of(path).dialect();
    }

    ErrorForm of(String path) {
        return forms.stream().filter(form -> form.covers(path)).findFirst().orElse(plain);
    }
}
