/** The gateway's commands for people and scripts: calls of a running gateway's API, and the first key for one that has none. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway.cli;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
