/** Recorded conversations between gateway and agent, for the tests of codec, gateway and agent alike. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.protocol.transcripts;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
