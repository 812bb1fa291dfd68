using Geobuk.Corpus.Packing;
using Geobuk.Models;

namespace Geobuk.Training.Data;

/// <summary>Chats packed like documents, loss on what the assistant writes; a chat longer than a row is left out and counted.</summary>
internal sealed class ChatRows : IRowSource
{
    private readonly List<WeightedTokens> _chats = [];
    private readonly int _length;
    private readonly ulong _seed;
    private (int Epoch, PackedEpoch Packed)? _current;

    /// <summary>Reads and encodes the files.</summary>
    /// <exception cref="UserInputException">A line that is no chat, or no chat that fits.</exception>
    public ChatRows(IReadOnlyList<string> paths, ChatEncoder encoder, int length, int seed)
    {
        (_length, _seed) = (length, (ulong)(uint)seed);
        foreach (var (place, line) in JsonLines.Read(paths))
        {
            foreach (var chat in encoder.Encode(JsonLines.Messages(line, "messages", place), line["tools"], place))
            {
                if (chat.Ids.Length <= length) _chats.Add(chat);
                else TooLong++;
            }
        }
        if (_chats.Count == 0)
            throw new UserInputException($"{string.Join(", ", paths)}: no chat of at most train.sequence_length ({length}) tokens, {TooLong} longer ones; expected at least one. Raise train.sequence_length.");
    }

    /// <summary>Chats left out.</summary>
    public int TooLong { get; }

    /// <inheritdoc/>
    public int Count(int epoch) => Packed(epoch).Sequences.Count;

    /// <inheritdoc/>
    public PackedTokens Get(int epoch, int index)
    {
        var pieces = Packed(epoch).Sequences[index].Pieces;
        return RowBuilder.Build([.. pieces.Select(piece => _chats[piece.Document])], _length);
    }

    private PackedEpoch Packed(int epoch)
    {
        if (_current is { } current && current.Epoch == epoch) return current.Packed;
        var packed = Packer.Pack([.. _chats.Select(chat => chat.Ids.Length)], _length, _seed, epoch);
        _current = (epoch, packed);
        return packed;
    }
}
