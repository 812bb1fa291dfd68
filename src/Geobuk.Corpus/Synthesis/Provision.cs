namespace Geobuk.Corpus.Synthesis;

/// <summary>One clause, item or paragraph of an article.</summary>
/// <param name="Path">Where it stands, as in 병역법/제5조/①/1.</param>
/// <param name="Text">Its words, without its mark and amendment notes.</param>
public sealed record Provision(string Path, string Text);
