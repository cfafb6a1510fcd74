package org.ollamaorchestrator.gateway.api.ui;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The page that the UI is. */
final class UiPage {

    private static final String RESOURCE = "META-INF/resources/ui/index.html";

    private UiPage() {}

    static String read() {
        try (InputStream page = Thread.currentThread().getContextClassLoader().getResourceAsStream(RESOURCE)) {
            if (page == null) {
                throw new IllegalStateException("this build has no " + RESOURCE);
            }
            return new String(page.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
