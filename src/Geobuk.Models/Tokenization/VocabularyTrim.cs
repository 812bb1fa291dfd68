namespace Geobuk.Models.Tokenization;

/// <summary>
/// A smaller vocabulary that merges to its tokens still reach: with a token stay the two that each of its merges is made of, and
/// theirs. A text whose tokens all stay is then cut as before, merge by merge.
/// </summary>
internal static class VocabularyTrim
{
    /// <summary>Bytes and added tokens, and of the others as many as fit, by importance.</summary>
    /// <param name="definition">The tokenizer.</param>
    /// <param name="byImportance">Ids, the most important first; those that are missing go.</param>
    /// <param name="most">Tokens at most.</param>
    /// <returns>Ids that stay, ascending.</returns>
    public static int[] Choose(TokenizerDefinition definition, IEnumerable<int> byImportance, int most)
    {
        var ids = Ids(definition);
        var parts = definition.Merges.Select(merge => (Whole: ids[merge.Left + merge.Right], Left: ids[merge.Left], Right: ids[merge.Right])).ToLookup(merge => merge.Whole);
        var kept = new HashSet<int>(Required(definition, ids));
        if (kept.Count > most)
            throw new UserInputException($"--vocab: is {most}; expected at least {kept.Count}, the bytes and the special tokens. Ask for more.");
        foreach (var id in byImportance)
        {
            if (id < 0 || id >= definition.Tokens.Length || definition.Tokens[id] is null || kept.Contains(id)) continue;
            var added = Closure(id, kept, parts);
            // A short token later in the order may still fit.
            if (kept.Count + added.Count <= most) kept.UnionWith(added);
            if (kept.Count == most) break;
        }
        return [.. kept.Order()];
    }

    /// <summary>The tokenizer of the ids that stay, numbered anew in their order.</summary>
    public static TokenizerDefinition Apply(TokenizerDefinition definition, int[] kept)
    {
        var numbers = kept.Select((id, number) => (id, number)).ToDictionary(entry => entry.id, entry => entry.number);
        var texts = kept.Select(id => definition.Tokens[id]!).ToHashSet(StringComparer.Ordinal);
        int? Number(int? id) => id is { } known && numbers.TryGetValue(known, out var number) ? number : null;
        return definition with
        {
            Tokens = [.. kept.Select(id => definition.Tokens[id])],
            Merges = [.. definition.Merges.Where(merge => texts.Contains(merge.Left) && texts.Contains(merge.Right) && texts.Contains(merge.Left + merge.Right))],
            AddedTokens = [.. definition.AddedTokens.Select(token => token with { Id = numbers[token.Id] })],
            UnknownId = Number(definition.UnknownId),
            Prefix = [.. definition.Prefix.Select(id => numbers[id])],
            Suffix = [.. definition.Suffix.Select(id => numbers[id])],
            BosTokenId = Number(definition.BosTokenId),
            EosTokenId = Number(definition.EosTokenId),
            PadTokenId = Number(definition.PadTokenId),
            GenerationEnds = [.. definition.GenerationEnds.Select(id => Number(id)).OfType<int>()],
        };
    }

    private static IEnumerable<int> Required(TokenizerDefinition definition, Dictionary<string, int> ids)
    {
        for (var value = 0; value < 256; value++)
            if (ids.TryGetValue(ByteAlphabet.ToCharacter((byte)value).ToString(), out var id)) yield return id;
        foreach (var token in definition.AddedTokens) yield return token.Id;
        foreach (var id in definition.Prefix.Concat(definition.Suffix).Concat(definition.GenerationEnds)) yield return id;
        foreach (var id in new[] { definition.UnknownId, definition.BosTokenId, definition.EosTokenId, definition.PadTokenId }.OfType<int>()) yield return id;
    }

    private static HashSet<int> Closure(int id, HashSet<int> kept, ILookup<int, (int Whole, int Left, int Right)> parts)
    {
        var (closure, open) = (new HashSet<int> { id }, new Stack<int>([id]));
        while (open.TryPop(out var token))
            foreach (var (_, left, right) in parts[token])
                foreach (var part in new[] { left, right })
                    if (!kept.Contains(part) && closure.Add(part)) open.Push(part);
        return closure;
    }

    private static Dictionary<string, int> Ids(TokenizerDefinition definition)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 0; id < definition.Tokens.Length; id++)
            if (definition.Tokens[id] is { } token) ids.TryAdd(token, id);
        return ids;
    }
}
