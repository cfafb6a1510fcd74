/** An Ollama that can be scripted: its wire format, its queue and its loads are real, its words and its failures are yours. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.simulator;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
