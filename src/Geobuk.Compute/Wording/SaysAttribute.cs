namespace Geobuk.Compute.Wording;

/// <summary>
/// How a <see cref="Phrase"/> is said. <c>{0}</c> is its first value; <c>{0:format}</c> a number as .NET formats it, or with <c>time</c>
/// seconds as a Korean duration; <c>{0 one|many}</c> what fits the number, with the number for <c>#</c>.
/// </summary>
/// <param name="english">In English.</param>
/// <param name="korean">In Korean. No particle whose form follows the sound before it comes after a value.</param>
[AttributeUsage(AttributeTargets.Field)]
internal sealed class SaysAttribute(string english, string korean) : Attribute
{
    public string In(Language language) => language == Language.Korean ? korean : english;
}
