/**
 * The models on the agents' disks and in their memories, as an administrator changes them: pull, delete, copy, create, push,
 * load and unload, on one agent or on many at once. A package of its own, above {@code jobs}: such an operation is no
 * request of a client's, it goes on for hours without anybody, and its agents are named and not chosen by the scheduler.
 */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway.models;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
