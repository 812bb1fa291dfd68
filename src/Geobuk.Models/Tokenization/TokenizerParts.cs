namespace Geobuk.Models.Tokenization;

/// <summary>A tokenizer as GGUF metadata holds it.</summary>
public sealed record TokenizerParts
{
    /// <summary>tokenizer.ggml.tokens: text by id, bytes in GPT-2's alphabet, special tokens as they are.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }
    /// <summary>tokenizer.ggml.token_type: 1 normal, 3 control, 4 user-defined, 5 unused.</summary>
    public required IReadOnlyList<int> TokenTypes { get; init; }
    /// <summary>tokenizer.ggml.merges: "left right" in order of rank.</summary>
    public required IReadOnlyList<string> Merges { get; init; }
    /// <summary>tokenizer.ggml.pre: gpt-2, llama-bpe or qwen2.</summary>
    public required string PreTokenizer { get; init; }
    /// <summary>tokenizer.ggml.bos_token_id.</summary>
    public int? BosTokenId { get; init; }
    /// <summary>tokenizer.ggml.eos_token_id.</summary>
    public int? EosTokenId { get; init; }
    /// <summary>tokenizer.ggml.padding_token_id.</summary>
    public int? PadTokenId { get; init; }
    /// <summary>tokenizer.ggml.add_bos_token.</summary>
    public bool AddBos { get; init; }
    /// <summary>tokenizer.chat_template.</summary>
    public string? ChatTemplate { get; init; }
    /// <summary>Text is brought to NFC first; GGUF has no key of its own for it and llama.cpp does not do it.</summary>
    public bool ComposeCanonically { get; init; }
    /// <summary>
    /// geobuk.tokenizer: what GGUF has no keys for, as JSON with pre_tokenizer, ignore_merges and added_tokens in tokenizer.json's form;
    /// null where the other keys say all.
    /// </summary>
    public string? Description { get; init; }
}
