using System.Security.Cryptography;
using System.Text;

namespace Geobuk.Evaluation.Tasks;

/// <summary>A benchmark: how its file becomes questions, and which score is reported.</summary>
/// <param name="Name">Name on the command line.</param>
/// <param name="Description">What it asks, one line.</param>
/// <param name="PromptForm">The prompt with its fields in braces.</param>
/// <param name="Rule">The reported score.</param>
/// <param name="Read">Questions of the file or folder that the user names.</param>
public sealed record TaskDefinition(
    string Name, string Description, string PromptForm, ScoringRule Rule, Func<string, IReadOnlyList<MultipleChoiceItem>> Read)
{
    /// <summary>
    /// SHA-256 over every prompt, choice and answer: scores are comparable only where this is equal.
    /// </summary>
    public static string Digest(IEnumerable<MultipleChoiceItem> items)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var item in items)
        {
            Append(item.Id);
            Append(item.Prompt);
            for (var i = 0; i < item.Choices.Count; i++) Append(item.Continuation(i));
            Append(item.Answer.ToString());
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Append(string text)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(text));
            hash.AppendData([0]);
        }
    }
}
