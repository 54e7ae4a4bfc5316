/** The words of the chosen language. Reading them inside a component makes it follow the choice. */
import { de, type Words } from './de';
import { en } from './en';

export type Language = 'de' | 'en';

const chosen = $state({ language: 'de' as Language });

export function language(): Language {
  return chosen.language;
}

export function speak(language: Language): void {
  chosen.language = language;
}

export function text(): Words {
  return chosen.language === 'de' ? de : en;
}
