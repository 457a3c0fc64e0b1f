"""Forty questions for the voice that training never hears, each with words of which one shows that it was understood.

The language model is small and often wrong; what is judged is whether it answered the question it was asked, so the words are
its topic, not the right answer, and count in any form ("swimming", "the moon's light"). None of the questions may stand in the
training texts: make_speech.py leaves them out.
"""


def in_any_form(words: tuple[str, ...]) -> list[str]:
    """Each word, its plural, its genitive, and its form in -ing."""
    forms: list[str] = []
    for word in words:
        plain = word.isalpha() and len(word) > 2
        stems = (word, word + word[-1], word.removesuffix("e")) if plain else ()
        forms += [word, *((word + "s", word + "es", word + "'s") if plain else ()), *(stem + "ing" for stem in stems)]
    return list(dict.fromkeys(forms))


QUESTIONS: list[tuple[str, tuple[str, ...]]] = [
    ("What is the capital city of Italy?", ("rome", "italy")),
    ("Who painted the Mona Lisa?", ("mona lisa", "leonardo", "painted", "painting")),
    ("How many days are there in a week?", ("seven", "7", "week", "days")),
    ("What do bees make?", ("bee", "honey", "pollen")),
    ("Why is the sky blue?", ("sky", "blue", "scatter")),
    ("What colour is a ripe banana?", ("banana", "yellow")),
    ("How do airplanes stay in the air?", ("air", "plane", "airplane", "lift", "wing")),
    ("What is the largest ocean on earth?", ("ocean", "pacific")),
    ("Tell me something interesting about elephants.", ("elephant",)),
    ("What is the boiling point of water?", ("boil", "water", "100", "212")),
    ("Who wrote Romeo and Juliet?", ("shakespeare", "romeo", "juliet")),
    ("What should I cook for dinner tonight?", ("dinner", "cook", "recipe", "chicken", "meal", "dish")),
    ("How can I learn to swim?", ("swim", "pool", "water")),
    ("What is the opposite of generous?", ("selfish", "stingy", "greedy", "generous", "opposite")),
    ("Write a short poem about the moon.", ("moon", "night", "light")),
    ("How many legs does a spider have?", ("spider", "eight", "8", "leg")),
    ("What language do they speak in Brazil?", ("portuguese", "brazil", "language")),
    ("Why do leaves fall in autumn?", ("leaves", "autumn", "fall", "tree")),
    ("What is a telescope used for?", ("telescope", "star", "distant", "light")),
    ("Give me three tips for better sleep.", ("sleep", "bed")),
    ("Where do penguins live?", ("penguin", "antarctic", "south", "ice")),
    ("What is the tallest mountain in the world?", ("mountain", "everest")),
    ("How does a refrigerator keep food cold?", ("refrigerator", "food", "cold", "cool")),
    ("Who was the first man on the moon?", ("moon", "armstrong", "apollo", "astronaut")),
    ("What are the primary colours?", ("red", "blue", "yellow", "colour", "color")),
    ("How long does it take to boil an egg?", ("egg", "boil", "minute")),
    ("What is the currency of Japan?", ("yen", "japan", "currency")),
    ("Can you name a famous river in Africa?", ("nile", "river", "africa", "congo")),
    ("What do plants need to grow?", ("plant", "water", "sun", "soil", "light")),
    ("Tell me a joke about a chicken.", ("chicken", "joke", "egg")),
    ("What is the fastest animal on land?", ("cheetah", "animal", "fast")),
    ("How many months are in a year?", ("twelve", "12", "month", "year")),
    ("What causes an earthquake?", ("earthquake", "plate", "earth", "fault")),
    ("Describe a sunset at the beach.", ("sun", "beach", "sky")),
    ("What is the square root of nine?", ("three", "3", "square", "root", "nine", "9")),
    ("Why do cats purr?", ("cat", "purr")),
    ("What instrument has black and white keys?", ("piano", "key", "instrument")),
    ("How do I write a good letter?", ("letter", "write", "writing")),
    ("What is the smallest country in the world?", ("vatican", "country", "smallest")),
    ("Where does chocolate come from?", ("cocoa", "cacao", "chocolate")),
]
