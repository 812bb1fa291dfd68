namespace Geobuk.Corpus.Duplicates;

/// <summary>A key at a place of an item, such as the hash of a band at a document; sorted, equal keys meet.</summary>
/// <param name="Key">Hash.</param>
/// <param name="Item">Number of the document.</param>
/// <param name="Place">Where in it.</param>
internal readonly record struct Posting(ulong Key, int Item, int Place) : IComparable<Posting>
{
    public int CompareTo(Posting other)
    {
        var byKey = Key.CompareTo(other.Key);
        if (byKey != 0) return byKey;
        var byItem = Item.CompareTo(other.Item);
        return byItem != 0 ? byItem : Place.CompareTo(other.Place);
    }
}
