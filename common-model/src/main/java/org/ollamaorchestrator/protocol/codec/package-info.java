/** The only place where messages become text and text becomes messages. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.protocol.codec;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
