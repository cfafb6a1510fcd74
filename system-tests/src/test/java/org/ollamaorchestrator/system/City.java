package org.ollamaorchestrator.system;

/** What models are asked for as an object. Of names there are two, so that even a model of random words ends soon. */
public final class City {
    public Name name = Name.ROME;

    /** The names that there are. */
    public enum Name {
        BERN,
        ROME
    }
}
