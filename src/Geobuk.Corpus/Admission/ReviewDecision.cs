namespace Geobuk.Corpus.Admission;

/// <summary>What a reviewer decided on one quarantined item, and why; one line of the file of decisions.</summary>
/// <param name="Item">Hash of what was looked at: text, reason and findings. Anything else is another item.</param>
/// <param name="Document">Name of the document, for people.</param>
/// <param name="Reason">Why it was quarantined.</param>
/// <param name="Decision">release or keep.</param>
/// <param name="Because">The reviewer's reason.</param>
/// <param name="By">Who decided.</param>
/// <param name="At">When, UTC.</param>
public sealed record ReviewDecision(string Item, string Document, string Reason, string Decision, string Because, string By, DateTime At)
{
    /// <summary>The document may be used; personal data in it is masked all the same.</summary>
    public const string Release = "release";
    /// <summary>The document stays out.</summary>
    public const string Keep = "keep";
}
