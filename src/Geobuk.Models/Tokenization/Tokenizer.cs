using System.Collections.Frozen;
using System.Text;

namespace Geobuk.Models.Tokenization;

/// <summary>
/// Byte-level BPE of a checkpoint, token for token what Hugging Face's tokenizers library gives. Immutable and thread-safe.
/// Own code, because Microsoft.ML.Tokenizers 2.0.1 does not read tokenizer.json, and given its vocabulary, merges and pattern
/// still differs: it splits by UTF-16 units (rare hanja and emoji fall into the wrong words), has no ignore_merges, no
/// lstrip/rstrip/single_word tokens, and no bytes of a single token for streaming. It serves as an oracle in the tests.
/// </summary>
public sealed class Tokenizer
{
    // Embeddings are padded to round sizes; beyond this share the tokenizer belongs to another model.
    private const int UsualPadding = 512;
    private const int PaddingShare = 8;

    // Models end a turn with these even where no file says so.
    private static readonly string[] TurnEnds = ["<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|end|>", "<end_of_turn>"];

    private readonly TokenizerDefinition _definition;
    private readonly BytePairModel _model;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<int, AddedToken> _added;
    private readonly byte[][] _bytes;
    private readonly Lazy<string> _digest;
    private readonly AddedTokenMatcher _raw;
    private readonly AddedTokenMatcher _rawWithoutSpecial;
    private readonly AddedTokenMatcher _normalized;
    private readonly AddedTokenMatcher _normalizedWithoutSpecial;

    internal Tokenizer(TokenizerDefinition definition)
    {
        _definition = definition;
        var tokens = definition.Tokens;
        for (var id = 0; id < tokens.Length; id++)
            if (tokens[id] is { } token) _ids.TryAdd(token, id);
        _added = definition.AddedTokens.ToDictionary(token => token.Id);
        _bytes = [.. tokens.Select((token, id) => TokenBytes(token, _added.ContainsKey(id)))];
        _model = new BytePairModel(ByteIds(), MergeTable(), definition.IgnoreMerges ? WholeWords() : null, definition.UnknownId);
        _raw = new AddedTokenMatcher(definition.AddedTokens.Where(token => !token.Normalized));
        _rawWithoutSpecial = new AddedTokenMatcher(definition.AddedTokens.Where(token => !token.Normalized && !token.Special));
        var normalized = definition.AddedTokens.Where(token => token.Normalized).Select(token => token with { Content = Normalize(token.Content) }).ToList();
        _normalized = new AddedTokenMatcher(normalized);
        _normalizedWithoutSpecial = new AddedTokenMatcher(normalized.Where(token => !token.Special));
        StopTokenIds = Stops();
        _digest = new Lazy<string>(() => TokenizerDigest.Of(_definition));
    }

    /// <summary>Number of ids: the largest id plus one.</summary>
    public int VocabularySize => _definition.Tokens.Length;

    /// <summary>Beginning of sequence, if the model has one.</summary>
    public int? BosTokenId => _definition.BosTokenId;

    /// <summary>End of sequence, if the model has one.</summary>
    public int? EosTokenId => _definition.EosTokenId;

    /// <summary>Padding, if the model has one.</summary>
    public int? PadTokenId => _definition.PadTokenId;

    /// <summary>Tokens that end a generation: end of sequence, those of the generation configuration, and ends of turns.</summary>
    public IReadOnlySet<int> StopTokenIds { get; }

    /// <summary>The checkpoint's chat template (Jinja), if it has one.</summary>
    public string? ChatTemplate => _definition.ChatTemplate;

    /// <summary>
    /// Loads tokenizer.json of a Hugging Face folder, with the special tokens and chat template of tokenizer_config.json,
    /// chat_template.jinja, special_tokens_map.json and generation_config.json where they are.
    /// </summary>
    /// <exception cref="UserInputException">A file is missing or broken, or asks for what cannot be done exactly.</exception>
    public static Tokenizer Load(string folder) => new(TokenizerFolderReader.Read(folder));

    /// <summary>A tokenizer from the metadata of a GGUF file.</summary>
    /// <exception cref="UserInputException">The metadata contradict themselves or name an unknown pre-tokenizer.</exception>
    public static Tokenizer FromParts(TokenizerParts parts) => new(GgufVocabulary.Read(parts));

    /// <summary>Writes tokenizer.json and tokenizer_config.json into a folder.</summary>
    public void Save(string folder) => TokenizerWriter.Write(_definition, folder);

    /// <summary>The metadata for a GGUF file; ids up to <paramref name="size"/> that have no token are marked unused.</summary>
    /// <param name="size">Rows of the embedding, at least <see cref="VocabularySize"/>; that size where absent.</param>
    /// <exception cref="UserInputException">GGUF has no name for this tokenizer's split.</exception>
    public TokenizerParts ToParts(int? size = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size ?? VocabularySize, VocabularySize, nameof(size));
        return GgufVocabulary.Write(_definition, size ?? VocabularySize);
    }

    /// <summary>Ids of a smaller vocabulary: bytes, special tokens, and by importance what fits with all that it is merged from.</summary>
    /// <param name="byImportance">Ids, the most important first; ids that are missing go.</param>
    /// <param name="most">Tokens at most.</param>
    /// <returns>Ids that stay, ascending.</returns>
    /// <exception cref="UserInputException">Bytes and special tokens alone are more.</exception>
    public int[] ChooseVocabulary(IEnumerable<int> byImportance, int most) => VocabularyTrim.Choose(_definition, byImportance, most);

    /// <summary>The tokenizer of the ids that <see cref="ChooseVocabulary"/> chose; id n of it is <paramref name="kept"/>[n] of this one.</summary>
    public Tokenizer Trim(int[] kept) => new(VocabularyTrim.Apply(_definition, kept));

    /// <summary>SHA-256 (hexadecimal) of everything that decides ids; equal for the GGUF and the Hugging Face form.</summary>
    public string Digest => _digest.Value;

    /// <summary>Checks that a model has a row for every token, and not many more.</summary>
    /// <param name="config">The model.</param>
    /// <param name="place">Names the model in errors.</param>
    /// <exception cref="UserInputException">The tokenizer is another model's.</exception>
    public void ValidateAgainst(ModelConfig config, string place)
    {
        var most = VocabularySize + Math.Max(UsualPadding, VocabularySize / PaddingShare);
        if (config.VocabularySize < VocabularySize)
            throw new UserInputException($"{place}: vocab_size is {config.VocabularySize}; expected at least {VocabularySize}, the ids of {_definition.Place}. The tokenizer belongs to another model; take the one published with this model.");
        if (config.VocabularySize > most)
            throw new UserInputException($"{place}: vocab_size is {config.VocabularySize}; expected {VocabularySize} to {most}, the ids of {_definition.Place} and some padding. The tokenizer belongs to another model; take the one published with this model.");
        foreach (var id in config.EosTokenIds.Concat(config.BosTokenId is { } bos ? [bos] : []))
            if (id >= config.VocabularySize)
                throw new UserInputException($"{place}: bos_token_id or eos_token_id is {id}; expected an id below vocab_size {config.VocabularySize}. Correct the file.");
    }

    /// <summary>Text to token ids. Unpaired surrogates count as U+FFFD, as UTF-8 cannot hold them.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="addSpecialTokens">Put the special tokens of the post-processor (usually bos) around the text.</param>
    /// <param name="parseSpecialTokens">Special tokens written in the text count as such; false for untrusted text.</param>
    public int[] Encode(string text, bool addSpecialTokens = false, bool parseSpecialTokens = true)
    {
        var output = new List<int>(text.Length / 2 + 8);
        if (addSpecialTokens) output.AddRange(_definition.Prefix);
        EncodeRaw(WellFormed(text), parseSpecialTokens, output);
        if (addSpecialTokens) output.AddRange(_definition.Suffix);
        return [.. output];
    }

    /// <summary>Breaks special tokens in untrusted text with a mark that <see cref="EncodeGuarded"/> takes out again.</summary>
    internal string GuardSpecialTokens(string text, char mark)
    {
        foreach (var token in _definition.AddedTokens)
            if (token.Special && text.Contains(token.Content, StringComparison.Ordinal))
                text = text.Replace(token.Content, $"{token.Content[0]}{mark}{token.Content[1..]}");
        return text;
    }

    /// <summary>Text to token ids; special tokens that hold the mark are text, and the mark is gone.</summary>
    internal int[] EncodeGuarded(string text, char mark)
    {
        var output = new List<int>(text.Length / 2 + 8);
        text = WellFormed(text);
        var from = 0;
        while (!_raw.IsEmpty && _raw.Next(text, from) is var (token, range))
        {
            EncodeRaw(text[from..range.Start].Replace(mark.ToString(), ""), parseSpecial: false, output);
            output.Add(token.Id);
            from = range.End;
        }
        EncodeRaw(text[from..].Replace(mark.ToString(), ""), parseSpecial: false, output);
        return [.. output];
    }

    /// <summary>Token ids to text; bytes that are not UTF-8 become U+FFFD.</summary>
    public string Decode(IReadOnlyList<int> ids, bool skipSpecialTokens = true)
    {
        var bytes = new List<byte>(ids.Count * 4);
        for (var i = 0; i < ids.Count; i++)
            if (!skipSpecialTokens || !IsSpecial(ids[i])) bytes.AddRange(BytesOf(ids[i]).AsSpan());
        return Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes));
    }

    /// <summary>The bytes of one token, possibly part of a character; empty for an unused id.</summary>
    public byte[] DecodeBytes(int id) => [.. BytesOf(id)];

    /// <summary>The token as the vocabulary writes it (a space is Ġ); empty for an unused id.</summary>
    public string IdToToken(int id) => id >= 0 && id < VocabularySize ? _definition.Tokens[id] ?? "" : throw NoSuchId(id);

    /// <summary>The id of a token as the vocabulary writes it.</summary>
    public int? TokenToId(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    /// <summary>Whether decoding leaves the token out.</summary>
    public bool IsSpecial(int id) => _added.TryGetValue(id, out var token) && token.Special;

    /// <summary>The bytes of one token without a copy.</summary>
    internal byte[] BytesOf(int id) => id >= 0 && id < _bytes.Length ? _bytes[id] : throw NoSuchId(id);

    private void EncodeRaw(string text, bool parseSpecial, List<int> output)
    {
        var matcher = parseSpecial ? _raw : _rawWithoutSpecial;
        var from = 0;
        while (!matcher.IsEmpty && matcher.Next(text, from) is var (token, range))
        {
            EncodeNormalized(Normalize(text[from..range.Start]), parseSpecial, output);
            output.Add(token.Id);
            from = range.End;
        }
        EncodeNormalized(Normalize(from == 0 ? text : text[from..]), parseSpecial, output);
    }

    private void EncodeNormalized(string text, bool parseSpecial, List<int> output)
    {
        var matcher = parseSpecial ? _normalized : _normalizedWithoutSpecial;
        var from = 0;
        while (!matcher.IsEmpty && matcher.Next(text, from) is var (token, range))
        {
            EncodeWords(text[from..range.Start], output);
            output.Add(token.Id);
            from = range.End;
        }
        EncodeWords(from == 0 ? text : text[from..], output);
    }

    private void EncodeWords(string text, List<int> output)
    {
        if (text.Length == 0) return;
        if (_definition.AddPrefixSpace && text[0] != ' ') text = " " + text;
        var words = new List<TextRange>(text.Length / 3 + 1);
        _definition.Splitter.Split(text, 0, words);
        if (_definition.SpacedSplitter is { } splitter) EncodeSpaced(text, words, splitter, output);
        else
            foreach (var word in words) _model.Encode(text.AsSpan(word.Start, word.Length), output);
    }

    private void EncodeSpaced(string text, List<TextRange> words, ISplitter splitter, List<int> output)
    {
        var parts = new List<TextRange>();
        foreach (var word in words)
        {
            var spaced = text[word.Start] == ' ' ? text[word.Start..word.End] : " " + text[word.Start..word.End];
            parts.Clear();
            splitter.Split(spaced, 0, parts);
            foreach (var part in parts) _model.Encode(spaced.AsSpan(part.Start, part.Length), output);
        }
    }

    private string Normalize(string text) => _definition.ComposeCanonically ? CanonicalComposition.Compose(text) : text;

    private static string WellFormed(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0) return text;
        var output = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) output.Append(rune.ToString());
        return output.ToString();
    }

    private static byte[] TokenBytes(string? token, bool added)
    {
        if (token is null) return [];
        return (added ? null : ByteAlphabet.Read(token)) ?? Encoding.UTF8.GetBytes(token);
    }

    // Added tokens are cut out of the text or not at all; their text within a word is text.
    private Dictionary<string, int> WholeWords() => _ids.Where(entry => !_added.ContainsKey(entry.Value)).ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);

    private int[] ByteIds()
    {
        var ids = new int[256];
        for (var value = 0; value < ids.Length; value++)
            ids[value] = _ids.TryGetValue(ByteAlphabet.ToCharacter((byte)value).ToString(), out var id) ? id : -1;
        return ids;
    }

    private Dictionary<long, long> MergeTable()
    {
        var table = new Dictionary<long, long>(_definition.Merges.Count);
        for (var rank = 0; rank < _definition.Merges.Count; rank++)
        {
            var (left, right) = _definition.Merges[rank];
            if (!_ids.TryGetValue(left, out var leftId) || !_ids.TryGetValue(right, out var rightId) || !_ids.TryGetValue(left + right, out var merged))
                throw new UserInputException($"{_definition.Place}: merge {rank} is {left} + {right}; expected both and their union in the vocabulary. Fetch the file again.");
            table[BytePairModel.Pack(leftId, rightId)] = BytePairModel.Pack(rank, merged);
        }
        return table;
    }

    private FrozenSet<int> Stops()
    {
        var stops = new HashSet<int>(_definition.GenerationEnds);
        if (EosTokenId is { } eos) stops.Add(eos);
        foreach (var end in TurnEnds)
            if (TokenToId(end) is { } id && _added.ContainsKey(id)) stops.Add(id);
        return stops.ToFrozenSet();
    }

    private ArgumentOutOfRangeException NoSuchId(int id) =>
        new(nameof(id), id, $"no token has this id; the vocabulary of {_definition.Place} has {VocabularySize}");
}
