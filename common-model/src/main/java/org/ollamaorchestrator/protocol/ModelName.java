package org.ollamaorchestrator.protocol;

import static com.fasterxml.jackson.annotation.JsonCreator.Mode.DELEGATING;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A model as somebody wrote it. A name without a tag means {@code :latest}, so {@code tiny} equals {@code tiny:latest}
 * in every comparison, while {@link #written()} is what goes to Ollama and comes back.
 */
public final class ModelName {

    private static final String DEFAULT_TAG = ":latest";

    private final String written;

    /** Kept, and so no record: names are compared and looked up for each agent and each job. */
    private final String canonical;

    @JsonCreator(mode = DELEGATING)
    public ModelName(String written) {
        Objects.requireNonNull(written, "model");
        if (written.isBlank()) {
            throw new IllegalArgumentException("model is blank");
        }
        this.written = written;
        this.canonical = written.indexOf(':', written.lastIndexOf('/') + 1) < 0 ? written + DEFAULT_TAG : written;
    }

    @JsonValue
    public String written() {
        return written;
    }

    /** The name with its tag; a colon before the last slash belongs to a registry's port, not to a tag. */
    public String canonical() {
        return canonical;
    }

    /** Every way to write this name, for a peer that compares texts: with and without the tag that goes without saying. */
    public List<ModelName> spellings() {
        return canonical.endsWith(DEFAULT_TAG)
                ? List.of(
                        new ModelName(canonical),
                        new ModelName(canonical.substring(0, canonical.length() - DEFAULT_TAG.length())))
                : List.of(this);
    }

    /** Whether Ollama runs the model in its cloud, by the names that it gives to such. */
    public boolean isOfTheCloud() {
        return written.endsWith(":cloud") || written.endsWith("-cloud");
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ModelName name && canonical.equals(name.canonical);
    }

    @Override
    public int hashCode() {
        return canonical.hashCode();
    }

    @Override
    public String toString() {
        return written;
    }
}
