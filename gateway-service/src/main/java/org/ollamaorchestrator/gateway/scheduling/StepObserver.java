package org.ollamaorchestrator.gateway.scheduling;

import java.util.List;

/**
 * Is told of each step of the core, once its effects have run; {@code observability} counts from it. Called on the core's
 * own event loop: never blocks.
 */
public interface StepObserver {

    void stepped(CoreEvent event, List<Effect> effects);
}
