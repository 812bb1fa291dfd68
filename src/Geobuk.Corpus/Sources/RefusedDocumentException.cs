using Geobuk.Models;

namespace Geobuk.Corpus.Sources;

/// <summary>
/// A document that cannot or must not be read: encrypted, damaged, hostile, of another format than its name says. A corpus goes
/// on without it and reports it; who asked for this one file gets the message.
/// </summary>
public sealed class RefusedDocumentException : UserInputException
{
    /// <param name="reason">One of <see cref="RefusalReason"/>.</param>
    /// <param name="message">place: what was found; what was expected. What to do.</param>
    public RefusedDocumentException(string reason, string message) : base(message) => Reason = reason;

    /// <param name="reason">One of <see cref="RefusalReason"/>.</param>
    /// <param name="message">place: what was found; what was expected. What to do.</param>
    /// <param name="inner">The fault that revealed it.</param>
    public RefusedDocumentException(string reason, string message, Exception inner) : base(message, inner) => Reason = reason;

    /// <summary>One of <see cref="RefusalReason"/>; these words stand in reports.</summary>
    public string Reason { get; }
}
